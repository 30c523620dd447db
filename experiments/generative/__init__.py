"""totalVI and MultiVI, generative models of counts, beside the default: maps, imputed values, new cells."""
