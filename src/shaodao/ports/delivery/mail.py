"""E-mail by SMTP."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from shaodao.ground.messages.adapters import Undeliverable, Unreachable
from shaodao.ports.delivery import web
from shaodao.ports.delivery.configuration import Smtp

LONGEST_SUBJECT = 60


def smtp(channel: Smtp, address: str, text: str, id: str) -> None:
    """Hand one message over. Its `Message-ID` is the same at every attempt."""
    mail = EmailMessage()
    mail["From"], mail["To"] = channel.sender, address
    mail["Subject"] = text.split("。", 1)[0][:LONGEST_SUBJECT]
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{id}@{channel.sender.rpartition('@')[2] or 'shaodao'}>"
    mail[web.ID_HEADER] = id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    try:
        with _connected(channel) as server:
            if channel.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if channel.user:
                server.login(channel.user, channel.secrets.get("password", ""))
            server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        ((code, _),) = error.recipients.values()
        refused = Undeliverable if code >= 500 else web.Refused
        raise refused(f"SMTP {code}") from None
    except smtplib.SMTPResponseException as error:
        raise web.Refused(f"SMTP {error.smtp_code} {web.said(error.smtp_error)}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(web.said(error)) from None


def _connected(channel: Smtp) -> smtplib.SMTP:
    if channel.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(channel.host, channel.port, timeout=channel.timeout, context=context)
    return smtplib.SMTP(channel.host, channel.port, timeout=channel.timeout)
