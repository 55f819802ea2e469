"""A load client that counts every request, to prove that none is lost."""
