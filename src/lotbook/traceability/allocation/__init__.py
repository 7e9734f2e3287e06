"""Which lots a demand is given: by expiry, by age or as chosen, reserved so that nobody else takes them."""
