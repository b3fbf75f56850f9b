"""HTTP as the gateway speaks it: requests, answers, fields, errors, templates, the server and its ways to hang up."""
