require "enotify";
notify :options "loud" "desktop:";
