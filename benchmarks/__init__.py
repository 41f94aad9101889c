"""The measurements: speed and memory against a bare aiogram bot, losses, days of schools, hard pictures."""
