"""Who one is: staff by password and second factor, residents by a code sent to their phone; and in which capacity."""
