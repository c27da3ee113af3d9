"""Messages out of the house: SMS, mail, WeCom, group robots, and answers to the systems that transferred a case to us.

Which ways there are says `delivery.toml` in the data folder (`configuration`); without it nothing is sent anywhere."""
