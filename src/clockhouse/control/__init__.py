"""What people may ask: one function per request, one transaction each, access checked first."""
