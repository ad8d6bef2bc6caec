if header :contains "subject" "${x}" { keep; } else { discard; }
