/* glob(3) was changed in glibc 2.27: it no longer follows dangling links. The one before does, too, what
   jsvc needs of it: to find the files of a class path with a "*". */
__asm__(".symver glob,glob@GLIBC_2.2.5");
