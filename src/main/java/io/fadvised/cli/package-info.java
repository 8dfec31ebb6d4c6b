/** The command line: picocli commands and their output. */
@NullMarked
package io.fadvised.cli;

import org.jspecify.annotations.NullMarked;
