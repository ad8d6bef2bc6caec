/* letters.h - letters that ASCII lacks */
#pragma once

/* What is printed has them in the locale C, too, as of cron or a service: a folder's name would not be the one that is meant. For
 * main (), after setlocale (). */
void ib_letters_say_all (void);
