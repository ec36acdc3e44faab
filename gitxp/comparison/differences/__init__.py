"""What sets runs apart, in every respect: values, and the faces they take."""
