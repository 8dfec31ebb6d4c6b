/**
 * Loop devices: scans of sysfs, uevents, and opening backing files by identity instead of by name.
 */
@NullMarked
package io.fadvised.loop;

import org.jspecify.annotations.NullMarked;
