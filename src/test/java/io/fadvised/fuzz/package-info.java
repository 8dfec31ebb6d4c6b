/** Shared parts of the fuzz tests beside each parser. See src/docs/fuzzing.md. */
package io.fadvised.fuzz;
