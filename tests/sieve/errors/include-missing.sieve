require "include";
include "there-is-none";
