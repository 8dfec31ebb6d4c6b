/**
 * Integration tests on the real kernel, with loop devices, filesystems and mounts of their own.
 * What they find out by themselves comes from other programs (losetup, fincore, stat), never from
 * the code under test. All they make is undone in reverse order, also after a failure.
 */
package io.fadvised.it;
