require "include";
include :personal :global "personal";
