revoke rlsc_owner from rlsc_web;
