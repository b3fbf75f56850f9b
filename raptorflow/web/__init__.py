"""The pages: server-rendered; only the live payment status and drafts need client script (contract, section 7)."""
