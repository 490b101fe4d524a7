/* journal_net_tree: the nodes and objects of a journal_net, and how they are found, moved and made. Seam inside journal_net; nobody else includes it. */
#pragma once

#include "rollback/journal_net.h"

/* The node of a path of the state before, made where there is none: what nothing has been said about yet is what is there now, wherever that is. */
struct journal_net_node *journal_net_tree_reach(struct journal_net *n, const char *path);
/* What is known of the inode, made where nothing is. */
struct journal_net_object *journal_net_tree_object(struct journal_net *n, uint64_t device, uint64_t inode);
/* Frees all below it. */
void journal_net_tree_empty(struct journal_net *n, struct journal_net_node *top);
/* False when one lies within the other: no file system moves a directory into itself, such records are not a session's. */
bool journal_net_tree_can_meet(const struct journal_net_node *a, const struct journal_net_node *b);
/* `from` takes the place of `to`, whose node then stands where `from` was, and where nothing is. Neither does anything to nodes that cannot meet. */
void journal_net_tree_move(struct journal_net *n, struct journal_net_node *from, struct journal_net_node *to);
void journal_net_tree_exchange(struct journal_net *n, struct journal_net_node *a, struct journal_net_node *b);
