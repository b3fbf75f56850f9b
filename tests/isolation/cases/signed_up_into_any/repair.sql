drop trigger on_signup on auth.users;
