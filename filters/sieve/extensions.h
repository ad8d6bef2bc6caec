/* extensions.h - the rows of the language, by the file that holds them: the one list to add an extension to */
#pragma once

#include "language.h"

/* RFC 5228 itself. */
extern const IbExtension ib_cmd_control; /* require, if, elsif, else, stop */
extern const IbExtension ib_cmd_action;  /* keep, discard, redirect */
extern const IbExtension ib_cmd_logic;   /* true, false, not, allof, anyof */
extern const IbExtension ib_cmd_header;  /* exists, header, size */
extern const IbExtension ib_cmd_address; /* address, and :all, :localpart, :domain */
extern const IbExtension ib_cmd_match;   /* :is, :contains, :matches, :comparator, i;octet, i;ascii-casemap */

/* What require asks for. */
extern const IbExtension ib_ext_body;
extern const IbExtension ib_ext_comparator_octet;
extern const IbExtension ib_ext_comparator_ascii_casemap;
extern const IbExtension ib_ext_comparator_ascii_numeric;
extern const IbExtension ib_ext_copy;
extern const IbExtension ib_ext_date;
extern const IbExtension ib_ext_duplicate;
extern const IbExtension ib_ext_editheader;
extern const IbExtension ib_ext_encoded_character;
extern const IbExtension ib_ext_enotify;
extern const IbExtension ib_ext_envelope;
extern const IbExtension ib_ext_environment;
extern const IbExtension ib_ext_ereject;
extern const IbExtension ib_ext_extlists;
extern const IbExtension ib_ext_extracttext;
extern const IbExtension ib_ext_fileinto;
extern const IbExtension ib_ext_foreverypart;
extern const IbExtension ib_ext_ihave;
extern const IbExtension ib_ext_imap4flags;
extern const IbExtension ib_ext_include;
extern const IbExtension ib_ext_index;
extern const IbExtension ib_ext_mailbox;
extern const IbExtension ib_ext_mime;
extern const IbExtension ib_ext_regex;
extern const IbExtension ib_ext_reject;
extern const IbExtension ib_ext_relational;
extern const IbExtension ib_ext_spamtest;
extern const IbExtension ib_ext_spamtestplus;
extern const IbExtension ib_ext_special_use;
extern const IbExtension ib_ext_subaddress;
extern const IbExtension ib_ext_unicode_casemap; /* comparator-i;unicode-casemap */
extern const IbExtension ib_ext_vacation;
extern const IbExtension ib_ext_vacation_seconds;
extern const IbExtension ib_ext_variables;
extern const IbExtension ib_ext_virustest;
