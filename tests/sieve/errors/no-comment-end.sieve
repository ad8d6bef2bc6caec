keep; /* and
