revoke select on staging.imported_contacts from authenticated;
