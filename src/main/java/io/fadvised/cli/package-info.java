/** The command line: what an operator types, and what fadvised answers. */
@NullMarked
package io.fadvised.cli;

import org.jspecify.annotations.NullMarked;
