"""The protocol of clamd, ClamAV's daemon, which many products already speak (clamd(8))."""
