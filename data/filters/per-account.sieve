# per-account.sieve - an example: mail is sorted by the address that it was sent to.
#
# Copy it to your filters (~/.config/inbasket/filters/), put your own addresses in, and name it in inbasket.conf. As it
# stands it does nothing, since nobody has these addresses.
#
# To put all mail of an account into one folder no filter is needed: folder=Work in the account's own file does it.

require ["fileinto", "envelope"];

# The address of the To or Cc field, in any letter case.
if address :is ["To", "Cc"] ["anna@work.example", "a.miller@work.example"] {
    fileinto "Work";
    stop;
}

# All addresses of one domain.
if address :domain :is ["To", "Cc"] "choir.example" {
    fileinto "Choir";
    stop;
}

# Mail of which you got a blind copy names you in no such field; the envelope tells where the server delivered it.
if envelope :domain :is "to" "old.example" {
    fileinto "Old";
    stop;
}
