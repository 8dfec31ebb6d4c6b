/* glibc 2.27 has a new version of glob(3), which does not follow dangling links. jsvc uses glob only to expand
   "*" in a class path, so the old version suffices. */
#ifdef __aarch64__
__asm__(".symver glob,glob@GLIBC_2.17");
#else
__asm__(".symver glob,glob@GLIBC_2.2.5");
#endif
