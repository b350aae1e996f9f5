from devtools import interrupts

interrupts.heed()
