"""The operator's chat: counts of all schools, what is stuck, announcements to all."""
