/**
 * One look at a host for whoever asks why it is slow: how it feels, and what is wrong with each
 * loop device. Changes nothing.
 */
@NullMarked
package io.fadvised.doctor;

import org.jspecify.annotations.NullMarked;
