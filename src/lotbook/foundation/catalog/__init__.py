"""Items: what is bought, made and sold, in which units and packagings."""
