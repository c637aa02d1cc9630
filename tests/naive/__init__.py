"""Every compiled loop and every clever routine a second time: slow, plain, obviously right."""
