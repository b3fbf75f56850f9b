"""The scorecard as people and machines read it: a page, Markdown, a terminal table, Allure."""
