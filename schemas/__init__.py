"""What crosses a boundary: the values of the topics, and the headers that travel with them."""
