alter view public.my_salaries set (security_barrier = true);
