"""The minutes after a deployment: is it up, does every endpoint answer, can somebody become a customer."""
