"""What all documents share: their numbers, the steps they went through, and the files kept with them."""
