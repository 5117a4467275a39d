cd /home/somebody/guanxi
