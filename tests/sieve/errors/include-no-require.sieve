include "personal";
