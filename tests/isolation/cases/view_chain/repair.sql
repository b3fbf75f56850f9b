alter view app.all_cases set (security_invoker = true);
