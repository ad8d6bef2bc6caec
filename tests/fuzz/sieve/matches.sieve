if header :matches "subject" ["*a*a*a*b", "?*??", "\\*\\?\\\\", "**", ""] { discard; }
