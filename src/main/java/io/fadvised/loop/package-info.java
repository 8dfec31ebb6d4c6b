/**
 * Loop devices: finding them in sysfs, noticing that they come and go, and opening the file behind
 * one by its identity, never by trusting its name.
 */
@NullMarked
package io.fadvised.loop;

import org.jspecify.annotations.NullMarked;
