# per-account.sieve - an example: mail is sorted by the account and the address that it was sent to.
#
# Copy it to your filters (~/.config/inbasket/filters/), put your own addresses in, and name it in inbasket.conf. As it
# stands it does nothing, since nobody has these addresses.
#
# To put all mail of an account into one folder no filter is needed: folder=Work in the account's own file does it.

require ["fileinto", "environment", "envelope", "subaddress", "variables", "regex"];

# All that came through the account called "club", whose settings stand in accounts/club.conf.
if environment :is "vnd.inbasket.account" "club" {
    fileinto "Club";
    stop;
}

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

# What was sent to anna+shop@home.example goes into Plus.shop, if "shop" is a plain word.
if allof (address :user :is ["To", "Cc"] "anna",
          address :domain :is ["To", "Cc"] "home.example",
          address :detail :regex ["To", "Cc"] "^[a-z0-9]{1,30}$") {
    set :lower "tag" "${0}";
    fileinto "Plus.${tag}";
    stop;
}

# Mail of which you got a blind copy names you in no such field; the envelope tells where the server delivered it.
if envelope :domain :is "to" "old.example" {
    fileinto "Old";
    stop;
}
