"""A PhonePe payment gateway that the official SDKs cannot tell from the real one."""
