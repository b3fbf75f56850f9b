revoke create on schema plugins from authenticated;
