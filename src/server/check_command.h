#ifndef SERVER_CHECK_COMMAND_H
#define SERVER_CHECK_COMMAND_H

struct config;

/* `culvert check DIR`: verifies the store and the catalog in it, and says so. 0: clean;
 * 1: faults, one per line on standard output; 2: it could not be looked at. */
int check_command(const struct config *config);

#endif
