if header "subject" text:
no end
