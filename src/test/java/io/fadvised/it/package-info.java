/**
 * Integration tests on the real kernel, with their own loop devices, filesystems and mounts.
 * Expected values come from other programs (losetup, fincore, stat), never from the code under
 * test. All changes to the host are undone in reverse order, even after a failure.
 */
package io.fadvised.it;
