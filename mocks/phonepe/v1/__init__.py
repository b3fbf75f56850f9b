"""The v1 protocol: base64 payloads and X-VERIFY."""
